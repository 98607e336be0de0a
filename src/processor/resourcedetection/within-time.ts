/** @throws if the promise takes longer than `ms`; 0: it may take any time */
export async function withinTime<T>(promise: Promise<T>, ms: number): Promise<T> {
  if (ms === 0) return promise
  const late = Promise.withResolvers<T>()
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${ms} ms`)), ms)
  try {
    return await Promise.race([promise, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
