// Arithmetic, from text: jsep reads the expression, and only what is named here is computed. Nothing is ever evaluated as code.
import jsep, { type Expression } from 'jsep'

const binary: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '^': (a, b) => a ** b,
  '**': (a, b) => a ** b,
}

const functions: Readonly<Record<string, (...values: number[]) => number>> = {
  sqrt: Math.sqrt,
  cbrt: Math.cbrt,
  abs: Math.abs,
  exp: Math.exp,
  ln: Math.log,
  log: Math.log10,
  log10: Math.log10,
  log2: Math.log2,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  round: Math.round,
  floor: Math.floor,
  ceil: Math.ceil,
  min: Math.min,
  max: Math.max,
  pow: (a, b) => a ** b,
}

const constants: Readonly<Record<string, number>> = { pi: Math.PI, e: Math.E, tau: 2 * Math.PI }

jsep.removeAllBinaryOps()
for (const [sign, precedence] of [
  ['+', 9],
  ['-', 9],
  ['*', 10],
  ['/', 10],
  ['%', 10],
] as const) {
  jsep.addBinaryOp(sign, precedence)
}
jsep.addBinaryOp('^', 11, true)
jsep.addBinaryOp('**', 11, true)

/** @throws Error that says what cannot be calculated. */
export function calculate(expression: string): number {
  const value = compute(
    jsep(expression.replaceAll('×', '*').replaceAll('÷', '/').replaceAll('−', '-').replaceAll('Math.', '')),
  )
  if (Number.isNaN(value)) throw new Error(`${expression} is not a number`)
  return Number(value.toPrecision(15)) // 0.1 + 0.2 is 0.3
}

function compute(node: Expression): number {
  switch (node.type) {
    case 'Literal':
      if (typeof node.value === 'number') return node.value
      break
    case 'Identifier': {
      const name = String(node.name).toLowerCase()
      if (Object.hasOwn(constants, name)) return constants[name]!
      throw new Error(`${node.name} is not known; constants are ${Object.keys(constants).join(', ')}`)
    }
    case 'UnaryExpression':
      if (node.operator === '-') return -compute(node.argument as Expression)
      if (node.operator === '+') return compute(node.argument as Expression)
      break
    case 'BinaryExpression': {
      const operation = binary[String(node.operator)]
      if (operation !== undefined) return operation(compute(node.left as Expression), compute(node.right as Expression))
      break
    }
    case 'CallExpression': {
      const name = String((node.callee as Expression).name ?? '').toLowerCase()
      if (Object.hasOwn(functions, name)) return functions[name]!(...(node.arguments as Expression[]).map(compute))
      throw new Error(`There is no function ${name}; there are ${Object.keys(functions).join(', ')}`)
    }
  }
  throw new Error(`${node.type} cannot be calculated`)
}
