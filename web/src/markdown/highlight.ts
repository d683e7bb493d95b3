// Code → coloured pieces, by highlight.js' grammars; loaded when the first code block is met. Gives a tree, not HTML.
import { common, createLowlight } from 'lowlight'

const lowlight = createLowlight(common)

export type Piece = string | { readonly className: string; readonly children: readonly Piece[] }
type Node = ReturnType<typeof lowlight.highlight>['children'][number]

/** @returns undefined for a language that it does not know. */
export function highlight(code: string, language: string): readonly Piece[] | undefined {
  if (!lowlight.registered(language)) return undefined
  return lowlight.highlight(language, code).children.map(piece)
}

function piece(node: Node): Piece {
  if (node.type === 'text') return node.value
  if (node.type !== 'element') return ''
  const { className } = node.properties
  return { className: Array.isArray(className) ? className.join(' ') : '', children: node.children.map(piece) }
}
