import ClawJSON
import Testing

@Suite("Names are their UTF-8 bytes")
struct UTF8KeyTests {
  /// Pairs that `String` considers equal.
  static let pairs: [(String, String)] = [
    ("Kim", "\u{212A}im"), ("\u{E9}", "e\u{301}"), ("\u{AC00}", "\u{1100}\u{1161}"), (";", "\u{37E}"),
    ("\u{C5}", "\u{212B}"),
  ]

  @Test("two names that Unicode calls equivalent are two", arguments: pairs)
  func apart(_ one: String, _ other: String) {
    #expect(one == other, "the pair shows nothing otherwise")
    #expect(!one.hasSameBytes(as: other) && one.hasSameBytes(as: String(Array(one))))
    #expect(UTF8Key(one) != UTF8Key(other) && UTF8Key(one) == UTF8Key(one))
    #expect((UTF8Key(one) < UTF8Key(other)) != (UTF8Key(other) < UTF8Key(one)))
    #expect(Set([UTF8Key(one), UTF8Key(other), UTF8Key(one)]).count == 2)
    var set: UTF8Set = [one]
    #expect(set.insert(other).inserted && !set.insert(one).inserted && set.count == 2)
    var map: UTF8Dictionary<Int> = [one: 1]
    map[other] = 2
    map[other, default: 0] += 1
    #expect(map[one] == 1 && map[other] == 3 && map.count == 2)
    #expect(map.keys.contains(one) && map.mapValues { -$0 }[other] == -3)
    #expect(map.removeValue(forKey: one) == 1 && map[one] == nil && map[other] == 3)
  }

  @Test("a dictionary does what one with plain keys does")
  func asDictionary() throws {
    var map: UTF8Dictionary<[Int]> = ["a": [1], "b": [2], "a": [3]]
    #expect(map == ["a": [3], "b": [2]])
    map["c", default: []].append(4)
    #expect(map.filter { $0.key != "b" } == ["a": [3], "c": [4]])
    #expect(map.merging(["a": [9]]) { $0 + $1 }["a"] == [3, 9])
    #expect(map.sorted { $0.key < $1.key }.map(\.value) == [[3], [2], [4]])
    #expect(map.compactMapValues { $0 == [2] ? nil : $0.first } == ["a": 3, "c": 4])
    #expect(try JSON.decode(UTF8Dictionary<[Int]>.self, from: JSON.encode(map)) == map)
  }

  @Test("members of a document keep names that are equivalent apart, and come out as they went in", arguments: pairs)
  func members(_ one: String, _ other: String) throws {
    let text = JSONValue.object([one: 1, other: 2]).serializedString()
    let value = try JSONValue(parsing: text)
    #expect(value[one] == 1 && value[other] == 2 && value.objectValue?.count == 2)
    #expect(value.serializedString() == text)
    #expect(try JSONValue(encoding: value.decode(UTF8Dictionary<Int>.self)) == value)
    #expect(JSONValue.string(one) != .string(other))
    #expect(Set<JSONValue>([.string(one), .string(other), [.string(one)], [.string(other)]]).count == 4)
    #expect(JSONValue.object([one: 1]) != .object([other: 1]))
  }

  @Test("a field is found by the bytes of its name alone")
  func fields() throws {
    struct Row: Codable, Equatable {
      var K: Int?
    }
    #expect(try JSON.decode(Row.self, from: "{\"\u{212A}\": 1}") == Row(K: nil))
    #expect(try JSON.decode(Row.self, from: "{\"\u{212A}\": 1, \"K\": 2}") == Row(K: 2))
  }

  @Test("of a name that comes twice the last one counts")
  func repeated() throws {
    #expect(try JSONValue(parsing: "{\"a\": 1, \"a\": 2}") == ["a": 2])
  }

  @Test("a property that is a name is compared by its bytes", arguments: pairs)
  func property(_ one: String, _ other: String) throws {
    struct Place: Hashable, Codable {
      @UTF8Key var name: String
    }
    #expect(Set([Place(name: one), Place(name: other)]).count == 2)
    #expect(try JSON.encodeString(Place(name: other)) == JSONValue.object(["name": .string(other)]).serializedString())
    let again = try JSON.decode(Place.self, from: JSON.encode(Place(name: other)))
    #expect(again.name.hasSameBytes(as: other))
  }
}
