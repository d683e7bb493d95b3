// Mermaid → an image. The drawing is done in a hidden frame with a policy of its own, which is opened with the first diagram.

type Answer = { readonly id: string; readonly svg?: string; readonly problem?: string }

let frame: Promise<Window> | undefined
let nDrawn = 0

/** @returns the address of an SVG image; nothing in an image runs. @throws Error that says what is wrong with the source. */
export async function drawDiagram(source: string, isDark: boolean): Promise<string> {
  frame ??= openFrame()
  const window = await frame
  const id = String(nDrawn++)
  const answer = new Promise<Answer>((resolve) => {
    addEventListener('message', function take({ source: from, data }: MessageEvent<Answer>) {
      if (from !== window || data.id !== id) return
      removeEventListener('message', take)
      resolve(data)
    })
  })
  window.postMessage({ id, source, isDark }, location.origin)
  const { svg, problem } = await answer
  if (svg === undefined) throw new Error(problem)
  return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(withSize(svg))}`
}

/** An image has no width of its own when it is 100 % of what is around it. */
function withSize(svg: string): string {
  const [, width, height] = /viewBox="[-\d.]+ [-\d.]+ ([\d.]+) ([\d.]+)"/.exec(svg) ?? []
  return width === undefined ? svg : svg.replace(/ width="100%"/, ` width="${width}" height="${height}"`)
}

function openFrame(): Promise<Window> {
  const element = document.createElement('iframe')
  element.src = './diagram.html'
  element.title = 'Diagram'
  element.className = 'drawing-frame'
  element.tabIndex = -1
  element.ariaHidden = 'true'
  document.body.append(element)
  return new Promise((resolve) => {
    addEventListener('message', function take({ source, data }) {
      if (source !== element.contentWindow || data !== 'ready') return
      removeEventListener('message', take)
      resolve(element.contentWindow!)
    })
  })
}
