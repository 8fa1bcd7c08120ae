// npm's cacache at the same work: publish_cacache.js DIRECTORY SIZE SEED, and lines as for publish_floor.c.
const { execSync } = require('child_process');
const { randomBytes } = require('crypto');
const path = require('path');

function load() {
    try {
        return require('cacache');
    } catch (e) {
        return require(path.join(execSync('npm root -g').toString().trim(), 'npm/node_modules/cacache')); // npm's own
    }
}

const cacache = load();
const [directory, size, seed] = process.argv.slice(2);
const content = randomBytes(Number(size));
let first = 0;
let next = 0;

async function run(command, count) {
    if (command === 'new') {
        first = next;
        next += count;
    }
    for (let i = 0; i < count; i++) {
        const key = seed + '-' + (first + i);
        if (command === 'find') {
            if (!await cacache.get.info(directory, key)) throw new Error('not there');
        } else {
            content.writeUInt32LE(first + i, 0);
            content.writeUInt32LE(Number(seed), 4);
            await cacache.put(directory, key, content, { algorithms: ['sha256'] });
        }
    }
}

(async () => {
    for await (const line of require('readline').createInterface({ input: process.stdin })) {
        const [command, count] = line.split(' ');
        await run(command, Number(count));
        console.log('done');
    }
})().catch(e => { console.error(e); process.exit(1); });
