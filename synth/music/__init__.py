"""What is played: melodies and phrases as notes, schedules of clips, MIDI."""
