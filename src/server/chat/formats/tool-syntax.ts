// A model family's way to write reasoning and tool calls, as data. Detected from a template, or
// defined in families/.

/** Markers match without the blanks at their ends; blanks between markers are optional. */
export type Wrapper = { readonly start: string; readonly end: string }

export type ToolSyntax = {
  /** Around all calls of an answer; empty if there is nothing. */
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
      /** All calls are in one array, inside the section. */
      readonly isArray: boolean
      /** undefined: the name is the key of the arguments, `{"get_weather": {…}}`. */
      readonly nameKey: string | undefined
      readonly argumentsKey: string
      /**
       * The key of the call's id, and whether it comes before the name; undefined if there is none.
       */
      readonly idKey: { readonly key: string; readonly isFirst: boolean } | undefined
    }
  /** The name unquoted, the arguments as one JSON object: `NAME<sep>{…}` */
  | {
      readonly kind: 'named'
      /** Between the start of the call and the name: an id, and what follows it. */
      readonly idBefore: { readonly end: string } | undefined
      /** Between name and arguments, where an id may be. */
      readonly idAfter: { readonly start: string } | undefined
      readonly nameEnd: string
      /** The name is written `functions.NAME:INDEX`, which is also the id of the call. */
      readonly isNameInId: boolean
    }
  /**
   * Name and each argument unquoted: `<function=NAME><parameter=KEY>VALUE</parameter></function>`
   */
  | {
      readonly kind: 'tagged'
      readonly nameEnd: string
      /**
       * The text that ends attributes between the end of the name and the first key, if there are
       * any.
       */
      readonly attributesEnd: string
      readonly keyStart: string
      /** Between key and value. */
      readonly keyEnd: readonly KeyEnd[]
      readonly valueEnd: string
      /** Blanks around each value that are not part of it. */
      readonly pad: string
    }
  /** Arguments as elements with their names, which may nest: `<city>Paris</city>` */
  | { readonly kind: 'elements'; readonly nameEnd: string; readonly prefix: string }
  /** A call in Python: `get_weather(city='Paris', days=3)` */
  | { readonly kind: 'python' }
  /** Gemma's: `call:get_weather{city:<|"|>Paris<|"|>,days:3}` */
  | { readonly kind: 'gemma' }

/** `isText`: true for a text, false for JSON, undefined if only the tool's schema decides. */
export type KeyEnd = { readonly marker: string; readonly isText: boolean | undefined }

export type OutputSyntax = {
  readonly reasoning: Wrapper | undefined
  /** Markers around the text of an answer that are not part of it. */
  readonly frame: readonly string[]
  readonly tools: ToolSyntax | undefined
}

/** The part of a tool's schema that is needed to read a call. */
export type KnownTool = { readonly name: string; readonly parameters: unknown }
