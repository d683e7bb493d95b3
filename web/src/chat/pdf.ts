// placeholder
export async function readPdf(_: ArrayBuffer, __: boolean): Promise<{ text: string; images: readonly string[] }> {
  return { text: '', images: [] }
}
