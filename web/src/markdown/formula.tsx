// A formula, by KaTeX; loaded when the first one is met. KaTeX makes nodes, not HTML: the page's policy allows no inline styles.
import katex from 'katex'
import 'katex/dist/katex.css'
import { useLayoutEffect, useRef } from 'react'

/** KaTeX's own tree, which its types leave open. */
type TreeNode = { readonly attributes?: Record<string, string>; readonly children?: readonly TreeNode[] }
type Tree = TreeNode & { readonly toNode: () => Node }
const { __renderToDomTree: treeOf } = katex as unknown as { __renderToDomTree: (tex: string, options: object) => Tree }

// the default export is for React's lazy(), which takes nothing else
export default function Formula({ source, isBlock }: { source: string; isBlock: boolean }) {
  const ref = useRef<HTMLSpanElement>(null)
  useLayoutEffect(() => {
    const options = {
      displayMode: isBlock,
      throwOnError: false,
      strict: false,
      trust: false,
      maxExpand: 200,
      maxSize: 20,
    }
    const tree = treeOf(source, options)
    hideStyles(tree)
    ref.current!.replaceChildren(tree.toNode())
    for (const element of ref.current!.querySelectorAll<HTMLElement>('[data-style]')) {
      element.style.cssText = element.dataset.style!
    }
  }, [source, isBlock])
  return <span ref={ref} className={isBlock ? 'formula' : undefined} />
}

/** Arrows and roots are SVG whose size is a style attribute, which the policy drops: it is set by the CSSOM afterwards. */
function hideStyles({ attributes, children = [] }: TreeNode): void {
  if (attributes?.style !== undefined) {
    attributes['data-style'] = attributes.style
    delete attributes.style
  }
  for (const child of children) hideStyles(child)
}
