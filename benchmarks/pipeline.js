// What a JavaScript program does for each reader: nunjucks, mjml, juice, nodemailer.
//
//   node pipeline.js render                        answers each line "FIRST COUNT" on its input
//                                                  with processor time and octets of a message
//   node pipeline.js send PORT COUNT CONNECTIONS OCTETS
//                                                  prints messages a second, each of as many papers
//                                                  as make so many octets
//
// Papers, texts, topics and links are those of the Python pipeline (`facts.json`, the same
// templates). Templates are parsed once, all else is made for each message, as people write it.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const readline = require('readline');
const juice = require('juice');
const mjml2html = require('mjml');
const nodemailer = require('nodemailer');
const nunjucks = require('nunjucks');
const MailComposer = require('nodemailer/lib/mail-composer');

const facts = JSON.parse(fs.readFileSync('facts.json', 'utf8'));
const environment = new nunjucks.Environment(null, { autoescape: true });
const plain = new nunjucks.Environment(null, { autoescape: false });
plain.addFilter('wordwrap', (text, width) =>
  text.replace(new RegExp(`(.{1,${width}})(\\s+|$)`, 'g'), '$1\n').trimEnd());
const html = new nunjucks.Template(facts.html, environment, 'html', true);
const text = new nunjucks.Template(facts.text, plain, 'text', true);

const PURPOSES = { u: 1, p: 3, f: 4, w: 5 };
const link = (page, reader, extra = '') => {
  const head = Buffer.alloc(6);
  head.writeUInt8(1, 0);
  head.writeUInt8(PURPOSES[page], 1);
  head.writeUInt32BE(reader, 2);
  const said = Buffer.concat([head, Buffer.from(extra)]);
  const mac = crypto.createHmac('sha256', facts.key).update(said).digest().subarray(0, 16);
  return `${facts.sender.public_url}/${page}/${Buffer.concat([said, mac]).toString('base64url')}`;
};
const links = {
  feedback: (reader, key) => link('f', reader, key),
  preferences: (reader) => link('p', reader),
  web_copy: (reader, kind, occasion) => link('w', reader, `${kind}\n${occasion}`),
};

let papers = facts.papers.slice(0, 10);
const digest = (number) => {
  const topics = [1, 2].map((step) => facts.words[(number * step) % facts.words.length]);
  const half = Math.ceil(papers.length / 2);
  return {
    title: facts.title, links, sender: facts.sender, unsubscribe: link('u', number + 1),
    subscriber: {
      id: number + 1, email: `reader${number}@example.org`, topics: topics.map((t) => ({ text: t })),
    },
    entries: papers.map((paper, place) => {
      const topic = topics[place < half ? 0 : 1];
      return { paper, topic, reason: { phrase: topic, field: 'title' } };
    }),
  };
};

const message = async (number) => {
  const said = digest(number);
  const made = await mjml2html(html.render(said), { fonts: {} });
  return {
    from: { name: facts.sender.name, address: facts.sender.address },
    to: said.subscriber.email,
    subject: `${said.entries.length} papers for you`,
    date: new Date(facts.at),
    messageId: `<${said.subscriber.id}.${facts.occasion}@papers.example.org>`,
    headers: {
      'List-Unsubscribe': `<${said.unsubscribe}>`,
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    },
    textEncoding: 'quoted-printable',
    text: text.render(said),
    html: juice(made.html),
  };
};

const octets = async (number) => new MailComposer(await message(number)).compile().build();

const render = async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [first, count] = line.split(' ').map(Number);
    const before = process.cpuUsage();
    let made;
    for (let number = first; number < first + count; number++) made = await octets(number);
    const { user, system } = process.cpuUsage(before);
    console.log(JSON.stringify({ microseconds: (user + system) / count, octets: made.length }));
  }
};

const fill = async (length) => {
  papers = [];
  do papers = facts.papers.slice(0, papers.length + 1);
  while (papers.length < facts.papers.length && (await octets(0)).length < length);
};

const send = async (port, count, connections, length) => {
  await fill(length);
  const transport = nodemailer.createTransport({
    host: '127.0.0.1', port, secure: false, ignoreTLS: true,
    pool: true, maxConnections: connections, maxMessages: Infinity,
  });
  let next = 0;
  const work = async () => {
    while (next < count) await transport.sendMail(await message(next++));
  };
  const begun = process.hrtime.bigint();
  await Promise.all(Array.from({ length: 2 * connections }, work));
  console.log(count / (Number(process.hrtime.bigint() - begun) / 1e9));
  transport.close();
};

const [way, ...numbers] = process.argv.slice(2);
(way === 'send' ? send(...numbers.map(Number)) : render()).catch((error) => {
  console.error(error);
  process.exit(1);
});
