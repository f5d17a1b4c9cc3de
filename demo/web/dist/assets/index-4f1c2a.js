const e=Object.create(globalThis.import_meta_env||null);document.title=e.APP_TITLE;fetch(e.API_URL+"/who").then(r=>r.json()).then(w=>{document.body.textContent=JSON.stringify(w)});
