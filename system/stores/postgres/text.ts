/**
 * PostgreSQL's text holds every character but U+0000. It is kept as U+001A and `0`, and U+001A itself, which no keyboard
 * gives, twice: two texts are equal in the store when they are equal, and all others are stored as they are.
 */
const mark = '\u001a'

export function textToStore(text: string): string {
  if (!text.includes('\0') && !text.includes(mark)) return text
  return text.replaceAll(mark, mark + mark).replaceAll('\0', `${mark}0`)
}

export function textFromStore(text: string): string {
  if (!text.includes(mark)) return text
  const parts = text.split(mark + mark)
  return parts.map((part) => part.replaceAll(`${mark}0`, '\0')).join(mark)
}
