import type { Answer } from '../bot/intents.ts';
import { EXIT, type Output, type Row } from './output.ts';

/** Tells what came of something a person did. @returns the exit code */
export function tellAnswer(out: Output, answer: Answer, about: Row, note: string): number {
  if (answer.ok) {
    out.result({ ok: true, ...about, message: answer.message }, `${answer.message}${note}`);
    return EXIT.ok;
  }
  if (out.json) out.result({ ok: false, code: answer.code, ...about, message: answer.message }, '');
  else out.warn(answer.message);
  return answer.code === 'not-found' ? EXIT.notFound : EXIT.refused;
}
