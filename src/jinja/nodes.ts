// A parsed template, as plain data.

export type Arguments = {
  readonly positional: readonly Expression[]
  readonly named: readonly (readonly [string, Expression])[]
  /** `*args` */
  readonly rest: Expression | undefined
  /** `**kwargs` */
  readonly restNamed: Expression | undefined
}

export type BinaryOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**'
export type CompareOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in'
export type Constant = null | boolean | number | bigint | string | { readonly float: number }

export type Expression =
  | { readonly type: 'constant'; readonly value: Constant }
  | { readonly type: 'name'; readonly name: string }
  | { readonly type: 'tuple' | 'list'; readonly items: readonly Expression[] }
  | { readonly type: 'dict'; readonly items: readonly (readonly [Expression, Expression])[] }
  | {
      readonly type: 'if-else'
      readonly condition: Expression
      readonly then: Expression
      readonly otherwise: Expression | undefined
      readonly line: number
    }
  | { readonly type: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | { readonly type: 'not'; readonly operand: Expression }
  | { readonly type: 'unary'; readonly operator: '+' | '-'; readonly operand: Expression }
  | {
      readonly type: 'binary'
      readonly operator: BinaryOperator
      readonly left: Expression
      readonly right: Expression
    }
  | { readonly type: 'concat'; readonly items: readonly Expression[] }
  | {
      readonly type: 'compare'
      readonly first: Expression
      readonly rest: readonly (readonly [CompareOperator, Expression])[]
    }
  | { readonly type: 'attribute'; readonly object: Expression; readonly name: string }
  | { readonly type: 'item'; readonly object: Expression; readonly index: Expression }
  | {
      readonly type: 'slice'
      readonly object: Expression
      readonly start: Expression | undefined
      readonly stop: Expression | undefined
      readonly step: Expression | undefined
    }
  | Call
  | Filter
  | {
      readonly type: 'test'
      readonly operand: Expression
      readonly name: string
      readonly args: Arguments
      readonly line: number
    }

export type Call = { readonly type: 'call'; readonly callee: Expression; readonly args: Arguments }

/** `operand` undefined: the text of the block that is filtered. */
export type Filter = {
  readonly type: 'filter'
  readonly operand: Expression | undefined
  readonly name: string
  readonly args: Arguments
  readonly line: number
}

/** The target of an assignment. */
export type Target =
  | { readonly type: 'name'; readonly name: string }
  | { readonly type: 'member'; readonly name: string; readonly attribute: string }
  | { readonly type: 'tuple'; readonly items: readonly Target[] }

export type Body = readonly Statement[]

export type Parameter = { readonly name: string; readonly fallback: Expression | undefined }

/** The parameters of a macro or a call block, and the special names that its body reads. */
export type Signature = {
  readonly parameters: readonly Parameter[]
  readonly body: Body
  readonly reads: ReadonlySet<string>
}

export type Statement =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'print'; readonly value: Expression; readonly line: number }
  | {
      readonly type: 'for'
      readonly target: Target
      readonly iterable: Expression
      readonly condition: Expression | undefined
      readonly isRecursive: boolean
      readonly body: Body
      readonly otherwise: Body
      readonly line: number
    }
  | {
      readonly type: 'if'
      readonly branches: readonly { readonly condition: Expression; readonly body: Body }[]
      readonly otherwise: Body
      readonly line: number
    }
  | { readonly type: 'set'; readonly target: Target; readonly value: Expression; readonly line: number }
  | {
      readonly type: 'set-block'
      readonly target: Target
      readonly filter: Filter | undefined
      readonly body: Body
      readonly line: number
    }
  | {
      readonly type: 'with'
      readonly targets: readonly (readonly [Target, Expression])[]
      readonly body: Body
      readonly line: number
    }
  | { readonly type: 'macro'; readonly name: string; readonly signature: Signature; readonly line: number }
  | { readonly type: 'call-block'; readonly call: Call; readonly signature: Signature; readonly line: number }
  | { readonly type: 'filter-block'; readonly filter: Filter; readonly body: Body; readonly line: number }
  | { readonly type: 'generation'; readonly body: Body; readonly line: number }
  | { readonly type: 'block'; readonly isScoped: boolean; readonly body: Body; readonly line: number }
  | { readonly type: 'break' | 'continue'; readonly line: number }
