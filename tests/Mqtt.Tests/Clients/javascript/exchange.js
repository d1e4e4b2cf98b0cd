// Subscribes, publishes to itself with every QoS, and prints what comes back, one line a message.
// node exchange.js URL VERSION [properties]
const mqtt = require('mqtt');

const [url, version] = process.argv.slice(2);
const client = mqtt.connect(url, {
  protocolVersion: Number(version), protocolId: version === '3' ? 'MQIsdp' : 'MQTT', clientId: 'javascript', clean: true, reconnectPeriod: 0,
  username: process.env.MQTT_USER, password: process.env.MQTT_PASSWORD, rejectUnauthorized: false,
});
const patience = setTimeout(() => { console.error('No answer within 20 s.'); process.exit(1); }, 20000);
let received = 0;

client.on('error', (error) => { console.error(error.message); process.exit(1); });
client.on('message', (topic, payload, packet) => {
  const user = packet.properties?.userProperties?.origin;
  console.log([topic, payload.toString(), packet.qos, packet.retain, ...(user ? [user] : [])].join(' '));
  if (++received === 3) client.end(false, {}, () => clearTimeout(patience));
});
client.on('connect', async () => {
  await client.subscribeAsync('js/#', { qos: 2 });
  for (const qos of [0, 1, 2]) {
    const options = version === '5' ? { qos, properties: { userProperties: { origin: 'js' }, contentType: 'text/plain' } } : { qos };
    await client.publishAsync(`js/${qos}`, `message ${qos}`, options);
  }
});
