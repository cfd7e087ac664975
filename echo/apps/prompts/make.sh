#!/bin/sh
# Speaks the prompts anew: needs espeak-ng and sox with Ogg. Run it in this folder.
set -e
say() {
  espeak-ng -v en-gb -s 155 -w spoken.wav "$2"
  sox -R -D spoken.wav -c 1 -r 16000 -C 5 "$1.ogg" gain -n -6 \
    silence 1 0.01 0.2% reverse silence 1 0.01 0.2% reverse fade 0.005 pad 0 0.1
}
say welcome "Welcome to echo."
say for-bridge "To talk to others who call, press"
say for-echo "To hear yourself at once, press"
say for-parrot "For a parrot that says back what you said, press"
say for-play "To listen to a recording, press"
say for-record "To leave a message, press"
say for-reflect "For the reflection, press"
say for-silence "For silence, press"
say for-tone "For a test tone, press"
say for-another "For another app, press"
say star "The star key brings you back here."
say goodbye "Good bye."
say sample "This is a recording. It was spoken by a program, and it is played to you by echo."
number=1
for word in one two three four five six seven eight nine; do
  say "$number" "$word."
  number=$((number + 1))
done
rm spoken.wav
