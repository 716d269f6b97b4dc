/// Finds any number of secrets in one pass over a text's bytes (Aho–Corasick).
final class SecretMatcher: Sendable {
  /// The part of a secret in the automaton, in bytes; the rest of a longer one is compared after a match. Bounds the
  /// automaton at 11 times this per secret, in bytes.
  static let maxPatternBytes = 256

  private let secrets: [[UInt8]]
  /// The children of node `n` are the edges `firstEdge[n]..<firstEdge[n + 1]`; edge `e` leads to node `e + 1`, since
  /// both are numbered breadth-first.
  private let firstEdge: [Int32]
  private let labels: [UInt8]
  private let failure: [Int32]
  private let depth: [UInt16]
  /// The longest pattern that ends at a node, as the node of its last byte; 0 if there is none.
  private let matched: [Int32]
  private let root: [Int32]
  /// Secrets longer than their pattern, by the pattern's last node.
  private let longer: [Int32: [Int]]

  /// - Parameter secrets: Must not be empty strings.
  init(_ secrets: [[UInt8]]) {
    self.secrets = secrets
    let patterns = Self.patterns(of: secrets)
    var trie = Trie()
    trie.build(patterns.map(\.bytes))
    (firstEdge, labels, depth) = (trie.firstEdge, trie.labels, trie.depth)
    var root = [Int32](repeating: 0, count: 256)
    for edge in Int(trie.firstEdge[0])..<Int(trie.firstEdge[1]) { root[Int(trie.labels[edge])] = Int32(edge + 1) }
    self.root = root
    (failure, matched) = trie.links(root: root)
    var longer: [Int32: [Int]] = [:]
    for (place, pattern) in patterns.enumerated() where pattern.bytes.count < secrets[pattern.secret].count {
      longer[trie.end[place], default: []].append(pattern.secret)
    }
    self.longer = longer
  }

  /// Approximate memory use in bytes.
  var bytes: Int { labels.count * 15 + secrets.reduce(0) { $0 + $1.count } + 2048 }

  /// The prefix of each secret, sorted by bytes.
  private static func patterns(of secrets: [[UInt8]]) -> [(bytes: ArraySlice<UInt8>, secret: Int)] {
    secrets.indices.map { index in (secrets[index].prefix(maxPatternBytes), index) }
      .sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
  }

  /// The ranges of secrets, in order and without overlaps.
  /// - Parameter limit: Secrets that begin after it may be ignored.
  func ranges(in text: UnsafeBufferPointer<UInt8>, before limit: Int) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    let end = min(text.count, limit + Self.maxPatternBytes)
    var (node, place) = (Int32(0), 0)
    while place < end {
      node = step(from: node, over: text[place])
      place += 1
      var match = matched[Int(node)]
      guard match != 0 else { continue }
      let start = place - Int(depth[Int(match)])
      guard start < limit else { continue }
      var reached = place
      while !longer.isEmpty, match != 0 {
        for secret in longer[match] ?? [] {
          reached = max(reached, self.end(of: secrets[secret], in: text, from: place - Int(depth[Int(match)])))
        }
        match = matched[Int(failure[Int(match)])]
      }
      Self.add(start..<reached, to: &ranges)
      // Bytes already compared are not scanned again.
      if reached > place { (node, place) = (0, reached) }
    }
    return ranges
  }

  private func step(from start: Int32, over byte: UInt8) -> Int32 {
    var node = start
    while node != 0 {
      if let next = Trie.child(of: node, byte, firstEdge, labels) { return next }
      node = failure[Int(node)]
    }
    return root[Int(byte)]
  }

  /// The end of the match of a secret, extended to a character boundary.
  private func end(of secret: [UInt8], in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    var length = min(Self.maxPatternBytes, secret.count)
    while length < secret.count, start + length < text.count, secret[length] == text[start + length] { length += 1 }
    while start + length < text.count, text[start + length] & 0xC0 == 0x80 { length += 1 }
    return start + length
  }

  /// Adds a range that ends after all others, merging overlaps.
  private static func add(_ range: Range<Int>, to ranges: inout [Range<Int>]) {
    var start = range.lowerBound
    while let last = ranges.last, last.upperBound > start {
      start = min(start, last.lowerBound)
      ranges.removeLast()
    }
    ranges.append(start..<range.upperBound)
  }
}

/// The trie of all patterns, numbered breadth-first.
private struct Trie {
  private(set) var firstEdge: [Int32] = []
  private(set) var labels: [UInt8] = []
  private(set) var depth: [UInt16] = [0]
  /// The last node of each pattern.
  private(set) var end: [Int32] = []
  private var isEnd: [Bool] = []

  /// - Parameter patterns: Sorted by bytes.
  mutating func build(_ patterns: [ArraySlice<UInt8>]) {
    end = [Int32](repeating: 0, count: patterns.count)
    // The patterns through a node are adjacent.
    var spans = [0..<patterns.count]
    var node = 0
    while node < spans.count {
      firstEdge.append(Int32(labels.count))
      let length = Int(depth[node])
      var place = spans[node].lowerBound
      isEnd.append(false)
      while place < spans[node].upperBound, patterns[place].count == length {
        end[place] = Int32(node)
        isEnd[node] = length > 0
        place += 1
      }
      while place < spans[node].upperBound {
        let byte = Self.byte(length, of: patterns[place])
        let first = place
        while place < spans[node].upperBound, Self.byte(length, of: patterns[place]) == byte { place += 1 }
        labels.append(byte)
        depth.append(UInt16(length + 1))
        spans.append(first..<place)
      }
      node += 1
    }
    firstEdge.append(Int32(labels.count))
  }

  private static func byte(_ offset: Int, of pattern: ArraySlice<UInt8>) -> UInt8 {
    pattern[pattern.startIndex + offset]
  }

  /// The failure link of each node (the longest proper suffix), and the longest pattern that ends there.
  func links(root: [Int32]) -> (failure: [Int32], matched: [Int32]) {
    var failure = [Int32](repeating: 0, count: depth.count)
    var matched = failure
    for node in depth.indices {
      if isEnd[node] {
        matched[node] = Int32(node)
      } else {
        matched[node] = matched[Int(failure[node])]
      }
      guard node > 0 else { continue }
      for edge in Int(firstEdge[node])..<Int(firstEdge[node + 1]) {
        var other = failure[node]
        var next: Int32?
        while other != 0, next == nil {
          next = Self.child(of: other, labels[edge], firstEdge, labels)
          other = failure[Int(other)]
        }
        failure[edge + 1] = next ?? root[Int(labels[edge])]
      }
    }
    return (failure, matched)
  }

  static func child(of node: Int32, _ byte: UInt8, _ firstEdge: [Int32], _ labels: [UInt8]) -> Int32? {
    var (low, high) = (Int(firstEdge[Int(node)]), Int(firstEdge[Int(node) + 1]))
    while low < high {
      let middle = (low + high) / 2
      if labels[middle] == byte { return Int32(middle + 1) }
      if labels[middle] < byte { low = middle + 1 } else { high = middle }
    }
    return nil
  }
}
