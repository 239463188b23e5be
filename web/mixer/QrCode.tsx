import { type JSX } from 'solid-js';
import { encode } from 'uqr';

/** Modules of white around it: readers want them (ISO/IEC 18004, 9.1). */
const BORDER = 4;

/** Text as a QR code, black on white whatever the page's colours: not every phone reads the inverse. */
export function QrCode(props: { text: string; label: string }): JSX.Element {
  const code = () => encode(props.text, { border: BORDER });
  const path = (): string =>
    code()
      .data.flatMap((row, y) => row.map((isBlack, x) => (isBlack ? `M${x} ${y}h1v1h-1z` : '')))
      .join('');
  return (
    <svg class="qr" viewBox={`0 0 ${code().size} ${code().size}`} role="img" aria-label={props.label}>
      <rect width="100%" height="100%" fill="#fff" />
      <path d={path()} fill="#000" shape-rendering="crispEdges" />
    </svg>
  );
}
