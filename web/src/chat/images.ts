// Image files → data: URLs, small enough for a model to look at.

const mostPixels = 1536

export async function readImages(files: Iterable<File>): Promise<readonly string[]> {
  return Promise.all([...files].map(readImage))
}

/** Drawn anew, also when it is small: that turns it as its camera says, and leaves out where it was taken. */
async function readImage(file: File): Promise<string> {
  const bitmap = await createImageBitmap(file)
  const scale = Math.min(1, mostPixels / Math.max(bitmap.width, bitmap.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(bitmap.width * scale))
  canvas.height = Math.max(1, Math.round(bitmap.height * scale))
  canvas.getContext('2d')!.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  return canvas.toDataURL(file.type === 'image/png' ? 'image/png' : 'image/jpeg', 0.9)
}
