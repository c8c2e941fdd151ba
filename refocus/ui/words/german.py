"""The page's words in German."""

GERMAN: dict[str, str] = {
    "tagline": "Der Fokus eines Fotos steht fest, sobald der Verschluss schließt. Refocus gibt ihn zurück: "
    "Foto hineinziehen, dann antippen, was scharf sein soll.",
    "face.refocus": "Fokussieren",
    # photo side
    "photo": "Foto",
    "examples": "Oder ein Beispiel öffnen",
    # controls
    "engine": "Verfahren",
    "engine.auto": "Automatisch",
    "engine.slow": "{title} (hier langsam)",
    "engine.notReady": "{title} (nicht bereit)",
    "engine.takes": "Nimmt das beste, das hier bereit ist: {title}.",
    "engine.none": "Hier ist keines bereit.",
    "engine.slowState": "{summary}\n\n**Hier langsam:** {why}.",
    "engine.readyState": "{summary} {needs}",
    "engine.missingState": "{summary}\n\n**Nicht bereit:** {why} {todo}",
    "blur": "Unschärfe",
    "refocus": "Fokussieren",
    "more": "Mehr",
    "frames": "Bilder",
    "aperture": "Blendenform",
    "longSide": "Lange Seite, px",
    "longSide.info": "Größer dauert länger.",
    "sharp": "Das Foto ist schon von vorn bis hinten scharf",
    "depth": "Eigene Tiefenkarte (.npy, .npz, PNG)",
    "depthIs": "Die Karte enthält",
    "depthIs.disparity": "Größer ist näher",
    "depthIs.metres": "Entfernung in Metern",
    "ownStack": "Eigener Fokusstapel (3 oder mehr Fotos)",
    "inputPosition": "Worauf das Foto scharf gestellt war",
    "inputPosition.info": "Geschätzt; verschieben, wenn die Bilder falsch aussehen. 0: etwa 5 cm, 8: weit weg.",
    "steps": "Schritte",
    "steps.info": "Weniger sind schneller.",
    "seed": "Startzahl",
    "fullSize": "Bilder in der Größe des Fotos",
    # picture side
    "video": "Fokusfahrt",
    "allInFocus": "Alles scharf",
    "disparity": "Disparität: Nahes ist heller",
    "how": "Wie das entstand",
    "download.video": "Video (MP4)",
    "download.frames": "Bilder (ZIP)",
    "download.details": "Angaben (JSON)",
    # status
    "status.next": "Foto hineinziehen oder ein Beispiel öffnen.",
    "status.finished": "**Antippen, was scharf sein soll, oder den Regler ziehen.** {maker} in {seconds:.1f} s: "
    "{frames} Bilder mit {width} × {height} px.",
    "status.byEngine": "Mit {engine}",
    "status.fromPhotos": "Aus eigenen Fotos",
    "status.failed": "Etwas ging schief, was nicht sollte. Noch einmal oder mit einem anderen Foto versuchen; "
    "mehr steht im Protokoll.",
}
