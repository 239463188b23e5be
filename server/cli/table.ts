/** Lines of aligned columns; numbers stand right, the last column is not padded. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((cell, column) => {
        const isNumeric = rows.length > 0 && rows.every((other) => /^[\d.,]*( ?(%|ms|dB))?$/.test(other[column] ?? ''));
        const width = widths[column] ?? 0;
        if (isNumeric) return cell.padStart(width);
        return column === row.length - 1 ? cell : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}
