import type { Buffer } from 'node:buffer'

/** Longest name or path taken over from a process, in bytes: Linux's PATH_MAX. */
export const maxNameBytes = 4096

/**
 * Decodes bytes that a process chose. What is not UTF-8 becomes U+FFFD; control characters stay, so
 * whoever prints the text escapes it.
 */
export function decodeText(bytes: Buffer, maxBytes: number = maxNameBytes): string {
  return bytes.toString('utf8', 0, Math.min(bytes.length, maxBytes))
}

/** The part of a path behind its last slash. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
