// protobufjs as the generated code uses it. It decodes 64-bit fields to Long objects wherever the package `long` is
// found, whatever its types say; here they are numbers: counts and microseconds stay far below 2^53.
import protobuf from 'protobufjs/minimal.js';

protobuf.util.Long = null;
protobuf.configure();

export default protobuf;
