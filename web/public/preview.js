// The inside of a preview: a document without an origin, which may run its own scripts and reach nothing. It is written by the
// page around it, once.
addEventListener('message', ({ source, data }) => {
  if (source !== parent) return
  document.open()
  document.write(data)
  document.close()
})
parent.postMessage('ready', '*')
