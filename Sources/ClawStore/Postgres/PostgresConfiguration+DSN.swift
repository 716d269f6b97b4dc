extension PostgresConfiguration {
  /// What is wrong with a connection string, phrased to follow the setting's name; nil if no problem is detectable
  /// without libpq. Quotes nothing but the scheme: the rest may hold a password.
  public static func problem(ofDSN dsn: String) -> String? {
    let bytes = Array(dsn.utf8)
    guard let first = bytes.first, let last = bytes.last else { return nil }
    let (quotes, blanks) = (Array("\"'`".utf8), Array(" \t\r\n".utf8))
    if quotes.contains(first) {
      return "begins with a quotation mark, which has become a part of it; write it without quotes"
    }
    if blanks.contains(first) || blanks.contains(last) {
      return "has a blank or a line end around it; write it without"
    }
    let separator = Array("://".utf8)
    guard let place = bytes.firstRange(of: separator), isScheme(bytes[..<place.lowerBound]) else {
      guard !bytes.contains(UInt8(ascii: "=")) else { return nil }
      return "is neither a URI (postgresql://user@host/database) nor pairs (host=… user=… dbname=…)"
    }
    if quotes.contains(last) {
      return "ends with a quotation mark, which has become a part of it; write it without quotes"
    }
    let scheme = String(decoding: bytes[..<place.lowerBound].prefix(40), as: UTF8.self)
    if ["postgresql", "postgres"].contains(scheme) { return nil }
    let advice = "write postgresql://user@host/database"
    if let plus = scheme.utf8.firstIndex(of: UInt8(ascii: "+")), ["postgresql", "postgres"].contains(scheme[..<plus]) {
      return "begins with \(scheme)://; \(scheme[plus...]) names a driver of another library: \(advice)"
    }
    return "begins with \(scheme)://, which is no scheme of libpq; \(advice)"
  }

  private static func isScheme(_ bytes: ArraySlice<UInt8>) -> Bool {
    !bytes.isEmpty
      && bytes.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
          UInt8(ascii: ":"):
          true
        default: false
        }
      }
  }
}
