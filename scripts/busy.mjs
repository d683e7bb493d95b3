// A process that keeps a core busy until its parent is gone: tests must also pass on a busy
// machine.
process.on('disconnect', () => process.exit(0))

function work() {
  const end = performance.now() + 20
  while (performance.now() < end) Math.sqrt(Math.random())
  setImmediate(work) // lets the event loop notice the end of the parent
}

work()
