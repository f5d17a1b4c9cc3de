// What the bundler's plugin makes of import.meta.env.API_URL and APP_TITLE.
document.getElementById('title').textContent = Object.create(globalThis.import_meta_env || null).APP_TITLE;
document.getElementById('api').textContent = Object.create(globalThis.import_meta_env || null).API_URL;
