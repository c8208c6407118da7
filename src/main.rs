//! Command line of granule.

fn main() {
    let plan = match granule::mapping::packs::compile(granule::mapping::packs::builtin()) {
        Ok(p) => p,
        Err(e) => {
            eprintln!("{e}");
            std::process::exit(2);
        }
    };
    let converter = granule::convert::Converter::new(plan);
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let pretty = args.first().is_some_and(|a| a == "--pretty");
    if pretty {
        args.remove(0);
    }
    for f in args {
        let bytes = std::fs::read(&f).unwrap();
        match converter.convert(&bytes, &granule::convert::Options::default()) {
            Ok(c) => {
                println!("{}", String::from_utf8(c.bundle.to_json(pretty)).unwrap());
                for i in &c.issues {
                    eprintln!("{:?} {} {:?} {} {:?} {:?} {}", i.severity, i.code, i.at, i.message, i.fhir_path, i.row, i.xpath);
                }
                eprintln!("{:?}", c.counts);
            }
            Err(e) => eprintln!("{f}: {e}"),
        }
    }
}
