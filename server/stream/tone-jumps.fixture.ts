/**
 * A tone's phase in each block against the block before, in frames: 0 where no frame was lost, doubled or made up. Blocks
 * are of whole periods.
 *
 * @param period of the tone, in frames
 */
export function toneJumps(sound: ArrayLike<number>, period: number, blockFrames: number): number[] {
  const phases: number[] = [];
  for (let at = 0; at + blockFrames <= sound.length; at += blockFrames) {
    let [sin, cos] = [0, 0];
    for (let i = at; i < at + blockFrames; i++) {
      const angle = (2 * Math.PI * (i % period)) / period;
      sin += (sound[i] ?? 0) * Math.sin(angle);
      cos += (sound[i] ?? 0) * Math.cos(angle);
    }
    phases.push((Math.atan2(cos, sin) / (2 * Math.PI)) * period);
  }
  return phases.slice(1).map((phase, i) => {
    const jump = phase - (phases[i] ?? 0);
    return jump - period * Math.round(jump / period);
  });
}
