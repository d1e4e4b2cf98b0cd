# Subscribes, publishes to itself with every QoS, and prints what comes back, one line a message.
# python3 exchange.py PORT VERSION [CAFILE]
import ssl
import sys
import threading

import paho.mqtt.client as mqtt

port, version = int(sys.argv[1]), int(sys.argv[2])
client = mqtt.Client(client_id="python", protocol=version)
if len(sys.argv) > 3:
    client.tls_set(ca_certs=sys.argv[3], tls_version=ssl.PROTOCOL_TLS_CLIENT)
done = threading.Event()
received = []


def on_connect(client, userdata, flags, reason, properties=None):
    client.subscribe("py/#", qos=2)


def on_subscribe(client, userdata, mid, granted, properties=None):
    for qos in (0, 1, 2):
        client.publish(f"py/{qos}", f"message {qos}", qos=qos)


def on_message(client, userdata, message):
    received.append(f"{message.topic} {message.payload.decode()} {message.qos}")
    if len(received) == 3:
        done.set()


client.on_connect, client.on_subscribe, client.on_message = on_connect, on_subscribe, on_message
client.connect("localhost" if len(sys.argv) > 3 else "127.0.0.1", port)
client.loop_start()
if not done.wait(20):
    sys.exit("No answer within 20 s.")
client.disconnect()
client.loop_stop()
print("\n".join(received))
