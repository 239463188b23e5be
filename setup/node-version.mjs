// Imported before everything else, and written in words that an old Node still reads.

const OLDEST_MAJOR = 20;

if (Number(process.versions.node.split('.')[0]) < OLDEST_MAJOR) {
  process.stderr.write(
    `weir: Node ${OLDEST_MAJOR} or newer is needed, this is ${process.version} (${process.execPath}).\n` +
      '      On Debian and Ubuntu: see "Node.js" at nodejs.org/en/download, or use nvm.\n',
  );
  process.exit(1);
}
