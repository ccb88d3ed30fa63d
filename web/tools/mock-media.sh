#!/bin/sh
# Makes the one small protected film the mock server plays: two rungs, two audio languages, three subtitles, cbcs.
# Usage: tools/mock-media.sh DIR   (needs ffmpeg as $FFMPEG and Shaka Packager as $PACKAGER; development only)
set -eu
DIR=$1
mkdir -p "$DIR/raw"
cd "$DIR"
LENGTH=60
"$FFMPEG" -v error -y -f lavfi -i "testsrc2=size=640x360:rate=24:duration=$LENGTH" -f lavfi -i "sine=frequency=330:duration=$LENGTH" -f lavfi -i "sine=frequency=523:duration=$LENGTH" \
  -map 0:v -c:v libx264 -preset ultrafast -g 48 -sc_threshold 0 -b:v 700k -pix_fmt yuv420p raw/360.mp4 \
  -map 0:v -vf scale=320:180 -c:v libx264 -preset ultrafast -g 48 -sc_threshold 0 -b:v 250k -pix_fmt yuv420p raw/180.mp4 \
  -map 1:a -c:a aac -b:a 64k raw/en.mp4 -map 2:a -c:a aac -b:a 64k raw/fr.mp4
"$FFMPEG" -v error -y -f lavfi -i "testsrc2=size=640x360:rate=24:duration=$LENGTH" -vf "fps=1/2,scale=160:90,tile=5x6" -frames:v 1 thumbs.jpg
vtt() { printf 'WEBVTT\n\n'; i=0; while [ $i -lt 56 ]; do printf '00:00:%02d.000 --> 00:00:%02d.500\n%s (%d)\n\n' $i $((i + 3)) "$1" $i; i=$((i + 4)); done; }
vtt 'The lights go down, and the film begins.' > raw/en.vtt
vtt 'تنطفئ الأضواء، ويبدأ الفيلم.' > raw/ar.vtt
vtt '明かりが消えて、映画が始まる。' > raw/ja.vtt
K1=00112233445566778899aabbccddeeff
K2=ffeeddccbbaa99887766554433221100
"$PACKAGER" \
  "in=raw/360.mp4,stream=video,init_segment=v360/i.mp4,segment_template=v360/\$Number\$.m4s,playlist_name=v360.m3u8,drm_label=HD" \
  "in=raw/180.mp4,stream=video,init_segment=v180/i.mp4,segment_template=v180/\$Number\$.m4s,playlist_name=v180.m3u8,drm_label=HD" \
  "in=raw/en.mp4,stream=audio,language=en,init_segment=aen/i.mp4,segment_template=aen/\$Number\$.m4s,playlist_name=aen.m3u8,hls_group_id=audio,hls_name=English,drm_label=AUDIO" \
  "in=raw/fr.mp4,stream=audio,language=fr,init_segment=afr/i.mp4,segment_template=afr/\$Number\$.m4s,playlist_name=afr.m3u8,hls_group_id=audio,hls_name=French,drm_label=AUDIO" \
  "in=raw/en.vtt,stream=text,language=en,format=vtt+mp4,init_segment=ten/i.mp4,segment_template=ten/\$Number\$.m4s,playlist_name=ten.m3u8,hls_group_id=text,hls_name=English" \
  "in=raw/ar.vtt,stream=text,language=ar,format=vtt+mp4,init_segment=tar/i.mp4,segment_template=tar/\$Number\$.m4s,playlist_name=tar.m3u8,hls_group_id=text,hls_name=Arabic" \
  "in=raw/ja.vtt,stream=text,language=ja,format=vtt+mp4,init_segment=tja/i.mp4,segment_template=tja/\$Number\$.m4s,playlist_name=tja.m3u8,hls_group_id=text,hls_name=Japanese" \
  --segment_duration 2 --generate_static_live_mpd --enable_raw_key_encryption \
  --keys "label=HD:key_id=$K1:key=$K2,label=AUDIO:key_id=$K2:key=$K1" \
  --protection_scheme cbcs --clear_lead 0 --protection_systems CommonSystem --mpd_output film.mpd --hls_master_playlist_output film.m3u8
rm -r raw
