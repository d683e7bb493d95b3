/**
 * The strongly connected components of a directed graph: sets of nodes that lie on common cycles.
 */

/**
 * @param edges for each node, the nodes it points to; duplicates and self-loops are allowed.
 * @returns the components, each before any component that points to it.
 * Source: Tarjan, "Depth-first search and linear graph algorithms" (1972), with an explicit stack.
 */
export function stronglyConnected(edges: readonly (readonly number[])[]): number[][] {
  const order = new Int32Array(edges.length) // 0: not visited yet
  const low = new Int32Array(edges.length)
  const cursor = new Int32Array(edges.length) // the next edge to follow
  const isOpen = new Uint8Array(edges.length)
  const open: number[] = []
  const components: number[][] = []
  let nVisited = 0

  const visit = (node: number): number => {
    order[node] = low[node] = ++nVisited
    isOpen[node] = 1
    open.push(node)
    return node
  }

  for (let start = 0; start < edges.length; start++) {
    if (order[start] !== 0) continue
    const path = [visit(start)]
    while (path.length > 0) {
      const node = path.at(-1)!
      const next = edges[node]![cursor[node]!++]
      if (next !== undefined) {
        if (order[next] === 0) path.push(visit(next))
        else if (isOpen[next]) low[node] = Math.min(low[node]!, order[next]!)
        continue
      }
      path.pop()
      const parent = path.at(-1)
      if (parent !== undefined) low[parent] = Math.min(low[parent]!, low[node]!)
      if (low[node] !== order[node]) continue
      const component = open.splice(open.lastIndexOf(node))
      for (const member of component) isOpen[member] = 0
      components.push(component)
    }
  }
  return components
}
