import { answerOf, type Consumer, fileNames, linesOf, promptOf } from './consumer.ts';

/** OpenAI's preference format (direct preference optimization). */
export const openaiDpo: Consumer = {
  sets: [
    {
      view: 'pairs',
      path: fileNames('jsonl'),
      exporter: linesOf((pair) => ({
        input: { messages: promptOf(pair), tools: [], parallel_tool_calls: true },
        preferred_output: answerOf(pair.chosen),
        non_preferred_output: answerOf(pair.rejected),
      })),
    },
  ],
};
