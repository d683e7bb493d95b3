"""A chat with OpenAI's Python library: pip install openai, then python chat.py

The server is at http://localhost:8080, or where API_URL says; API_KEY is sent as its key.
"""

import os

import openai

client = openai.OpenAI(
    base_url=os.environ.get("API_URL", "http://localhost:8080") + "/v1",
    api_key=os.environ.get("API_KEY", "sk-no-key-required"),
)

print("Models:", ", ".join(model.id for model in client.models.list()))

messages = [
    {"role": "system", "content": "You are a helpful assistant who answers in one sentence."},
    {"role": "user", "content": "What is the capital of France?"},
]

# the answer as a whole
answer = client.chat.completions.create(model="any", messages=messages, temperature=0.2, max_tokens=64)
print("Assistant:", answer.choices[0].message.content)

# the next turn as a stream
messages.append({"role": "assistant", "content": answer.choices[0].message.content})
messages.append({"role": "user", "content": "And of Italy?"})
print("Assistant: ", end="")
stream = client.chat.completions.create(
    model="any",
    messages=messages,
    temperature=0.2,
    max_tokens=64,
    stream=True,
    stream_options={"include_usage": True},
)
for chunk in stream:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="", flush=True)
    if chunk.usage:
        print(f"\n({chunk.usage.completion_tokens} tokens)")

# a text that is continued, without a chat
text = client.completions.create(model="any", prompt="The three primary colours are", temperature=0, max_tokens=16)
print("Text:", text.choices[0].text)
