// Many conversations in the page's own storage, imported as a user would: from a file.
import type { Page } from 'playwright-core'

/** Conversations of two messages; only the answer of number 7 contains `n7x`. Newest first. */
function manyAsFile(n: number): Buffer {
  const conversations = Array.from({ length: n }, (_, i) => {
    const id = `many${i}`
    const at = Date.now() - i * 3_600_000
    const message = { conversationId: id, createdAt: at, savedAt: at, state: 'done' }
    const answer = `The answer to number ${i} is n${i}x.`
    return {
      conversation: { id, kind: 'chat', title: `Conversation ${i}`, createdAt: at, updatedAt: at, leafId: `${id}b` },
      messages: [
        { ...message, id: `${id}a`, parentId: null, role: 'user', content: `Question ${i}` },
        { ...message, id: `${id}b`, parentId: `${id}a`, role: 'assistant', content: answer },
      ],
    }
  })
  return Buffer.from(JSON.stringify({ format: 'cria-conversations', version: 1, conversations }))
}

/** Imports them and reloads the page. */
export async function importMany(page: Page, n: number): Promise<void> {
  await page.locator('.head .model').waitFor()
  await page.keyboard.press('Control+,')
  const file = { name: 'many.json', mimeType: 'application/json', buffer: manyAsFile(n) }
  await page.locator('.settings input[type=file]').setInputFiles(file)
  await page.getByText(`Imported: ${n}`).waitFor()
  await page.reload()
  await page.locator('.row').first().waitFor()
}
