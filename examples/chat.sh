#!/usr/bin/env bash
# A chat in the terminal: bash chat.sh [flags]. It needs curl and jq.
#
#   --no-cache-prompt   compute the whole conversation anew at each turn
#   --grammar FILE      answers follow this grammar (GBNF)
#
# The server is at http://127.0.0.1:8080, or where API_URL says; API_KEY is sent as its key. Ctrl-D ends the chat.
set -o errexit -o nounset -o pipefail

url="${API_URL:-http://127.0.0.1:8080}"
headers=(--header "Content-Type: application/json")
if [[ -n "${API_KEY:-}" ]]; then headers+=(--header "Authorization: Bearer $API_KEY"); fi

cache_prompt=true
grammar=""
while (($# > 0)); do
  case "$1" in
    --no-cache-prompt) cache_prompt=false ;;
    --grammar)
      grammar="$(cat "${2:?--grammar needs a file}")"
      shift
      ;;
    *)
      echo "chat.sh: unknown flag $1" >&2
      exit 1
      ;;
  esac
  shift
done

instruction="A conversation between a curious human and a helpful assistant, who answers briefly and politely."
# questions and answers in turn
turns=(
  "Hello, Assistant."
  "Hello. What can I do for you?"
  "What is the capital of France?"
  "The capital of France is Paris."
)
slot_id=-1

post() {
  curl --silent --show-error --no-buffer "${headers[@]}" --data @- "$url$1"
}

n_keep="$(jq --null-input --arg content "$instruction" '{content: $content}' | post /tokenize | jq '.tokens | length')"

make_prompt() {
  printf '%s\n' "$instruction"
  if ((${#turns[@]} > 0)); then printf '### Human: %s\n### Assistant: %s\n' "${turns[@]}"; fi
  printf '### Human: %s\n### Assistant:' "$1"
}

make_request() {
  jq --null-input --arg prompt "$(make_prompt "$1")" --arg grammar "$grammar" \
    --argjson n_keep "$n_keep" --argjson cache_prompt "$cache_prompt" --argjson slot_id "$slot_id" '{
      prompt: $prompt, temperature: 0.2, top_k: 40, top_p: 0.9, n_predict: 256, stop: ["\n### Human:"], stream: true,
      n_keep: $n_keep, cache_prompt: $cache_prompt, slot_id: $slot_id
    } + if $grammar == "" then {} else {grammar: $grammar} end'
}

# Prints the answer as it comes, and remembers it.
ask() {
  local answer="" line data content
  while IFS= read -r line; do
    if [[ "$line" == "{"* ]]; then # no event: the server refused
      jq --raw-output '"the server says: " + .error.message' <<<"$line" >&2
      exit 1
    fi
    [[ "$line" == "data: "* ]] || continue
    data="${line#data: }"
    content="$(jq --raw-output --join-output '.content // ""' <<<"$data" && printf .)" # the dot keeps newlines at the end
    content="${content%.}"
    printf '%s' "$content"
    answer+="$content"
    if [[ "$(jq .stop <<<"$data")" == true ]]; then
      slot_id="$(jq .slot_id <<<"$data")" # the next turn finds there what this one computed
      if [[ "$(jq .truncated <<<"$data")" == true ]]; then turns=("${turns[@]:2}"); fi
    fi
  done < <(make_request "$1" | post /completion && echo)
  printf '\n'
  turns+=("$1" "${answer# }")
}

while IFS= read -r -e -p "> " question; do
  ask "$question"
done
