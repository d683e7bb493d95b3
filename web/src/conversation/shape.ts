// What shapes the answers of a conversation. It belongs to the conversation, which took it from the settings when it began.
import { changeSettings, type Shape, settings, useSettings, wholeShape } from '../settings/settings.ts'
import { changeConversation, conversationOf, useLibrary } from './library.ts'

export function shapeOf(conversationId: string): Shape {
  return conversationOf(conversationId)?.shape ?? newShape()
}

/** The shape of a conversation that begins now. */
export const newShape = (): Shape => wholeShape(settings())

/** The shape that is shown: of the open conversation, or of new ones when none is open. */
export function useShape(): Shape {
  const kept = useLibrary(({ conversations, openId }) => conversations?.find(({ id }) => id === openId)?.shape)
  const fresh = useSettings()
  return kept ?? wholeShape(fresh)
}

/** Whether what is changed now is the shape of a conversation. */
export function useHasOwnShape(): boolean {
  return useLibrary(({ openId, conversations }) => conversations?.some(({ id }) => id === openId) === true)
}

/** Changes the shape that is shown. */
export function changeShape(change: Partial<Shape>): void {
  const { openId } = useLibrary.getState()
  const open = openId === undefined ? undefined : conversationOf(openId)
  if (open === undefined) changeSettings(change)
  else void changeConversation(open.id, { shape: { ...shapeOf(open.id), ...change } })
}

/** @param value undefined: the server's default. */
export function changeSampling(name: string, value: unknown): void {
  const { openId } = useLibrary.getState()
  const { sampling } = openId === undefined ? newShape() : shapeOf(openId)
  const { [name]: _, ...others } = sampling
  changeShape({ sampling: value === undefined ? others : { ...others, [name]: value } })
}

/** Makes the shape that is shown that of new conversations. */
export function keepShapeForNew(): void {
  const { openId } = useLibrary.getState()
  if (openId !== undefined) changeSettings(shapeOf(openId))
}

export function isSameShape(a: Shape, b: Shape): boolean {
  return JSON.stringify(wholeShape(a)) === JSON.stringify(wholeShape(b))
}
