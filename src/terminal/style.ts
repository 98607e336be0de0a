const codes = { bold: '1', dim: '2', red: '31', yellow: '33', cyan: '36' } as const

export type Tone = keyof typeof codes

/** Colours text, or leaves it as it is. */
export type Paint = (tone: Tone, text: string) => string

export const paintNothing: Paint = (_tone, text) => text
export const paintColors: Paint = (tone, text) => `\u{1b}[${codes[tone]}m${text}\u{1b}[0m`
