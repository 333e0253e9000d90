import type { Given } from './pipelines'

const cat = "data:image/svg+xml;utf8,<svg xmlns=''http://www.w3.org/2000/svg'' width=''640'' height=''400''><rect width=''640'' height=''400'' fill=''%239cc4e4''/><rect x=''160'' y=''200'' width=''320'' height=''120'' fill=''%238b5e34''/></svg>"

const table = (sql: string) => ({ type: 'data.sql', inputs: { tables: { one: '${{ activities.one.outputs.table }}' }, sql } })
const asked = (from: string, inputs: object) => ({ type: 'label.human', inputs: { table: `\${{ activities.${from}.outputs.table }}`, item: 'id', ...inputs } })

/** What people are asked in each of the ways there are. */
export const labels: Given = {
  ends: false,
  files: { 'one.csv': 'n\n1\n' },
  pipeline: {
    id: 'labels',
    activities: {
      one: { type: 'bees.collect', inputs: { source: 'one.csv', format: 'csv', columns: [{ name: 'n', type: 'int64' }] } },
      messages: table("SELECT * FROM (VALUES (1, 'Win a free prize now'), (2, 'See you at lunch'), (3, 'Last chance: call today'), (4, 'Is the meeting at ten?')) t(id, text)"),
      choose: asked('messages', { show: ['text'], labels: ['spam', 'ham', 'unclear'], perItem: 2, adjudicators: [], instructions: 'Is this message advertising that nobody asked for?' }),
      sentences: table("SELECT * FROM (VALUES (1, 'Ada Lovelace wrote the first program in London in 1843.'), (2, 'Grace Hopper came from New York.')) t(id, text)"),
      mark: asked('sentences', { kind: 'span', show: ['text'], labels: ['person', 'place', 'year'], instructions: 'Mark who, where and when.' }),
      pictures: table(`SELECT * FROM (VALUES (1, '${cat}'), (2, '${cat}')) t(id, picture)`),
      draw: asked('pictures', { kind: 'boundingBox', show: ['picture'], labels: ['cat', 'dog'], instructions: 'Draw a box around each animal.' }),
      answers: table("SELECT * FROM (VALUES (1, 'How long to boil an egg?', 'About eight minutes for a firm one.', 'Until it is done.'), (2, 'What is 17 times 3?', 'Fifty-something.', '51.')) t(id, question, a, b)"),
      weigh: asked('answers', { kind: 'pairwise', show: ['question', 'a', 'b'], instructions: 'Which answer helps more?' }),
    },
  },
}
