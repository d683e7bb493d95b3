// A process that keeps a core busy until its parent is gone: tests must hold on a machine that has other work.
process.on('disconnect', () => process.exit(0))

function work() {
  const end = performance.now() + 20
  while (performance.now() < end) Math.sqrt(Math.random())
  setImmediate(work) // so that the end of the parent is noticed
}

work()
