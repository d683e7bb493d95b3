// How a model family writes reasoning and tool calls, as data. Read off a template, or written down in families/.

/** Markers are matched without the blanks at their ends; blanks between markers are free. */
export type Wrapper = { readonly start: string; readonly end: string }

export type ToolSyntax = {
  /** Around all calls of an answer; empty where there is nothing. */
  readonly section: Wrapper
  /** Around each call. */
  readonly call: Wrapper
  /** Between two calls. */
  readonly separator: string
  readonly body: CallBody
}

export type CallBody =
  /** `{"name": …, "arguments": {…}}` */
  | {
      readonly kind: 'json'
      /** All calls stand in one array, inside the section. */
      readonly isArray: boolean
      /** undefined: the name is the key of the arguments, `{"get_weather": {…}}`. */
      readonly nameKey: string | undefined
      readonly argumentsKey: string
      /** The key of the call's id, with whether it comes before the name; undefined where there is none. */
      readonly idKey: { readonly key: string; readonly isFirst: boolean } | undefined
    }
  /** The name in the clear, the arguments as one JSON object: `NAME<sep>{…}` */
  | {
      readonly kind: 'named'
      /** Between the start of the call and the name: an id, and what follows it. */
      readonly idBefore: { readonly end: string } | undefined
      /** Between name and arguments, where an id may stand. */
      readonly idAfter: { readonly start: string } | undefined
      readonly nameEnd: string
      /** The name is written `functions.NAME:INDEX`, and that is the id of the call too. */
      readonly isNameInId: boolean
    }
  /** Name and each argument in the clear: `<function=NAME><parameter=KEY>VALUE</parameter></function>` */
  | {
      readonly kind: 'tagged'
      readonly nameEnd: string
      /** Where attributes stand between the end of the name and the first key: what ends them. */
      readonly attributesEnd: string
      readonly keyStart: string
      /** Between key and value. */
      readonly keyEnd: readonly KeyEnd[]
      readonly valueEnd: string
      /** Blanks that stand around each value and are not part of it. */
      readonly pad: string
    }
  /** Arguments as elements that are named for them and may nest: `<city>Paris</city>` */
  | { readonly kind: 'elements'; readonly nameEnd: string; readonly prefix: string }
  /** A call in Python: `get_weather(city='Paris', days=3)` */
  | { readonly kind: 'python' }
  /** Gemma's: `call:get_weather{city:<|"|>Paris<|"|>,days:3}` */
  | { readonly kind: 'gemma' }

/** `isText`: true for a text, false for JSON, undefined where only the tool's schema tells. */
export type KeyEnd = { readonly marker: string; readonly isText: boolean | undefined }

export type OutputSyntax = {
  readonly reasoning: Wrapper | undefined
  /** Markers that stand around the text of an answer and are not part of it. */
  readonly frame: readonly string[]
  readonly tools: ToolSyntax | undefined
}

/** What a tool's schema says about its parameters, as far as reading a call needs it. */
export type KnownTool = { readonly name: string; readonly parameters: unknown }
