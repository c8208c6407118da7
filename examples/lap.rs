use granule::convert::*; use granule::mapping::packs; use std::time::*;
fn main(){ let c=Converter::new(packs::compile(packs::builtin()).unwrap());
 let o=Options{parallel_from:usize::MAX,original:Original::Omit,..Default::default()};
 let (mut tp,mut tc,mut ts,mut n)=(Duration::ZERO,Duration::ZERO,Duration::ZERO,0usize); let mut geo=0.0; let mut k=0.0;
 for f in std::env::args().skip(1) { let Ok(b)=std::fs::read(&f) else {continue}; let Ok(s)=std::str::from_utf8(&b) else {continue}; if s.starts_with('\u{feff}'){continue}
  let mut best=[Duration::MAX;3];
  for _ in 0..7 { let t=Instant::now(); if roxmltree::Document::parse(s).map(|d|d.root().id()).is_err(){break}; best[0]=best[0].min(t.elapsed());
   let t=Instant::now(); let Ok(r)=c.convert(&b,&o) else {break}; best[1]=best[1].min(t.elapsed()); let t=Instant::now(); std::hint::black_box(r.bundle.to_json(false)); best[2]=best[2].min(t.elapsed()); }
  if best[2]==Duration::MAX {continue}
  tp+=best[0]; tc+=best[1]; ts+=best[2]; n+=b.len(); geo+=((best[1]+best[2]).as_secs_f64()/best[0].as_secs_f64()).ln(); k+=1.0; }
 eprintln!("{} bytes parse {:?} convert {:?} ({:.2}x) json {:?} ({:.2}x) geomean {:.2}",n,tp,tc,tc.as_secs_f64()/tp.as_secs_f64(),ts,ts.as_secs_f64()/tp.as_secs_f64(),(geo/k as f64).exp()); }
