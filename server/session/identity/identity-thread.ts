import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { ProcessHandle, programOf } from './process-handle.js';
import { pollReadable } from '../../../native-shim/sys.js';
import type { Answer, AskedQuestion, GivenAnswer, IdentityStart, Question } from './questions.js';
import { sandboxOf } from './sandbox.js';
import { findOwners, type SocketOwner } from './socket-owners.js';

// The only place that looks into other processes: any look may block for as long as one of them hangs in the kernel
// (one that exits into a FUSE file system whose daemon sleeps is enough), and then this thread does, not the server.

const start = workerData as IdentityStart; // our own main thread's words
const port = parentPort;

port?.on('message', (first: AskedQuestion) => {
  const questions = [first];
  // Connections that came together are found by one search.
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
    questions.push(next.message as AskedQuestion);
  }
  const keys = new Set(questions.flatMap((question) => (question.kind === 'socket' ? [question.key] : [])));
  const owners = keys.size > 0 ? ownersOf(keys) : new Map<string, SocketOwner>();
  for (const question of questions) {
    const answer: GivenAnswer = { id: question.id, ...answerTo(question, owners) };
    port.postMessage(answer);
  }
});

function ownersOf(keys: ReadonlySet<string>): Map<string, SocketOwner> | string {
  try {
    return findOwners(keys, start);
  } catch (error) {
    return String(error);
  }
}

function answerTo(question: AskedQuestion, owners: Map<string, SocketOwner> | string): Answer {
  if (question.kind === 'process') return processOf(question);
  if (question.kind === 'program') return { program: programOfUser(question.pid, question.uid) };
  return typeof owners === 'string' ? { failed: owners } : { owner: owners.get(question.key) };
}

/** What cannot be looked at counts as sandboxed, and so does a process that has ended: its number may be another's. */
function processOf({ pid, uid, pidfd }: Extract<Question, { kind: 'process' }>): Answer {
  try {
    using process = new ProcessHandle(pid, start.procRoot);
    const sandbox = process.uid() === uid ? sandboxOf(process) : 'unreadable';
    const program = programOf(process);
    const ended = pidfd >= 0 && pollReadable(pidfd, 0) !== 0;
    return { program, sandbox: ended ? 'unreadable' : sandbox };
  } catch {
    return { sandbox: 'unreadable' };
  }
}

/** The number may be another process's by now (or 0, seen from outside its namespace). */
function programOfUser(pid: number, uid: number): string | undefined {
  try {
    using process = new ProcessHandle(pid, start.procRoot);
    return process.uid() === uid ? programOf(process) : undefined;
  } catch {
    return undefined;
  }
}
