/** The wall clock in µs since 1970, as gettimeofday(2): clients compare it with their own. */
export function wallClockUs(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1000);
}
