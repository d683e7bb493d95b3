// The inside of the frame that draws diagrams: Mermaid needs style elements, which the policy of the page itself does not allow.
// Takes `{ id, source, isDark }`, answers `{ id, svg }` or `{ id, problem }`; only to the page around it.
import mermaid from 'mermaid'

type Request = { readonly id: string; readonly source: string; readonly isDark: boolean }

// one after the other: Mermaid has one configuration for all
let last: Promise<unknown> = Promise.resolve()

addEventListener('message', ({ origin, source, data }: MessageEvent<Request>) => {
  if (origin !== location.origin || source !== parent) return
  last = last.then(() => draw(data))
})
parent.postMessage('ready', location.origin)

async function draw({ id, source, isDark }: Request): Promise<void> {
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: 'strict',
    suppressErrorRendering: true,
    theme: isDark ? 'dark' : 'neutral',
    htmlLabels: false,
    fontFamily: 'sans-serif',
    flowchart: { htmlLabels: false },
  })
  const answer = await mermaid.render(`d${id}`, source).then(
    ({ svg }) => ({ id, svg }),
    (error: unknown) => ({ id, problem: error instanceof Error ? error.message : String(error) }),
  )
  parent.postMessage(answer, location.origin)
}
