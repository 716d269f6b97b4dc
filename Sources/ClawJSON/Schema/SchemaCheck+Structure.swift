extension SchemaCheck {
  // MARK: - Schemas on the same value

  mutating func combine(_ value: JSONValue, _ node: SchemaNode, at path: JSONPath) -> Evaluated {
    var evaluated = Evaluated()
    guard let rules = node.rules.combined else { return evaluated }
    for inner in rules.all { evaluated.merge(apply(inner, to: value, at: path)) }
    if let branches = rules.any { evaluated.merge(checkAny(branches, value, at: path)) }
    if let branches = rules.one { evaluated.merge(checkOne(branches, value, at: path)) }
    if let inner = rules.not, attempt(inner, on: value, at: path).problem == nil {
      note("is of a form that is excluded", at: path)
    }
    guard let condition = rules.condition else { return evaluated }
    let outcome = attempt(condition, on: value, at: path)
    if outcome.problem == nil { evaluated.merge(outcome.evaluated) }
    if let next = outcome.problem == nil ? rules.then : rules.otherwise {
      evaluated.merge(apply(next, to: value, at: path))
    }
    return evaluated
  }

  private mutating func checkAny(_ branches: [Int], _ value: JSONValue, at path: JSONPath) -> Evaluated {
    var evaluated = Evaluated()
    var problems: [JSONSchema.Problem] = []
    var fits = false
    // All branches, since each may have evaluated other members.
    for branch in branches {
      let outcome = attempt(branch, on: value, at: path)
      if let problem = outcome.problem {
        problems.append(problem)
      } else {
        fits = true
        evaluated.merge(outcome.evaluated)
      }
    }
    if !fits { note(Self.alternatives(problems), at: path) }
    return evaluated
  }

  private mutating func checkOne(_ branches: [Int], _ value: JSONValue, at path: JSONPath) -> Evaluated {
    var found: [Evaluated] = []
    var problems: [JSONSchema.Problem] = []
    for branch in branches {
      let outcome = attempt(branch, on: value, at: path)
      if let problem = outcome.problem { problems.append(problem) } else { found.append(outcome.evaluated) }
    }
    if found.count > 1 { note("fits \(found.count) of the forms that exclude each other", at: path) }
    if found.isEmpty { note(Self.alternatives(problems), at: path) }
    return found.first ?? Evaluated()
  }

  /// Limit of alternatives whose error is reported.
  private static let maxAlternatives = 4

  private static func alternatives(_ problems: [JSONSchema.Problem]) -> String {
    let shown = problems.prefix(maxAlternatives).map(\.description).joined(separator: "; or ")
    return "fits none of its forms (\(shown)\(problems.count > maxAlternatives ? "; …" : ""))"
  }

  // MARK: - Arrays

  mutating func checkItems(
    _ elements: [JSONValue], _ node: SchemaNode, _ earlier: Evaluated, at path: JSONPath
  ) -> Evaluated {
    var evaluated = earlier
    if let rules = node.rules.items {
      checkCount(elements.count, "element", rules.least, rules.most, at: path)
      if rules.areUnique { checkUnique(elements, at: path) }
      let prefix = min(rules.prefix.count, elements.count)
      for index in 0..<prefix {
        _ = apply(rules.prefix[index], to: elements[index], at: path.appending(index: index))
      }
      evaluated.elements = max(evaluated.elements, prefix)
      if let rest = rules.rest {
        for index in prefix..<elements.count {
          _ = apply(rest, to: elements[index], at: path.appending(index: index))
        }
        evaluated.allElements = true
      }
      if let contains = rules.contains {
        evaluated.contained.formUnion(checkContains(contains, rules, elements, at: path))
      }
    }
    guard let rest = node.rules.unevaluatedItems, !evaluated.allElements else { return evaluated }
    for index in elements.indices where index >= evaluated.elements && !evaluated.contained.contains(index) {
      _ = apply(rest, to: elements[index], at: path.appending(index: index))
    }
    evaluated.allElements = true
    return evaluated
  }

  private mutating func checkContains(
    _ node: Int, _ rules: SchemaRules.Items, _ elements: [JSONValue], at path: JSONPath
  ) -> Set<Int> {
    var found: Set<Int> = []
    var problem: JSONSchema.Problem?
    for index in elements.indices {
      let outcome = attempt(node, on: elements[index], at: path.appending(index: index))
      if let failed = outcome.problem { problem = problem ?? failed } else { found.insert(index) }
    }
    if found.count < rules.leastContained {
      let example = problem.map { "; \($0)" } ?? ""
      note("must contain \(rules.leastContained) or more elements of a form, not \(found.count)\(example)", at: path)
    }
    if let most = rules.mostContained, found.count > most {
      note("must contain at most \(most) elements of a form, not \(found.count)", at: path)
    }
    return found
  }

  private mutating func checkUnique(_ elements: [JSONValue], at path: JSONPath) {
    var seen: Set<JSONValue> = []
    for (index, element) in elements.enumerated() where !seen.insert(element.withPlainNumbers).inserted {
      note("is there twice; each element may be there once", at: path.appending(index: index))
      return
    }
  }

  private mutating func checkCount(_ count: Int, _ noun: String, _ least: Int?, _ most: Int?, at path: JSONPath) {
    if let least, count < least {
      note("must have at least \(least) \(noun)\(least == 1 ? "" : "s"), not \(count)", at: path)
    }
    if let most, count > most {
      note("must have at most \(most) \(noun)\(most == 1 ? "" : "s"), not \(count)", at: path)
    }
  }

  // MARK: - Objects

  mutating func checkMembers(
    _ members: JSONObject, _ node: SchemaNode, _ earlier: Evaluated, at path: JSONPath
  ) -> Evaluated {
    var evaluated = earlier
    if let rules = node.rules.members {
      checkCount(members.count, "member", rules.least, rules.most, at: path)
      for name in rules.required where members[name] == nil { note("is missing", at: path.appending(name: name)) }
      for (name, others) in rules.dependentRequired where members[name] != nil {
        for other in others where members[other] == nil {
          note("is missing; \(JSONValue.string(name).words) needs it", at: path.appending(name: other))
        }
      }
      for (name, inner) in rules.dependentSchemas where members[name] != nil {
        evaluated.merge(apply(inner, to: .object(members), at: path))
      }
      for name in members.keys.sorted(by: { $0.bytesPrecede($1) }) {
        guard let value = members[name] else { continue }
        if checkMember(name, value, rules, at: path) { evaluated.names.insert(name) }
      }
      if rules.additional != nil { evaluated.allNames = true }
    }
    guard let rest = node.rules.unevaluatedProperties, !evaluated.allNames else { return evaluated }
    for name in members.keys.sorted(by: { $0.bytesPrecede($1) }) where !evaluated.names.contains(name) {
      guard let value = members[name] else { continue }
      _ = apply(rest, to: value, at: path.appending(name: name))
    }
    evaluated.allNames = true
    return evaluated
  }

  /// Whether a keyword has evaluated the member.
  private mutating func checkMember(
    _ name: String, _ value: JSONValue, _ rules: SchemaRules.Members, at path: JSONPath
  ) -> Bool {
    let place = path.appending(name: name)
    var isKnown = false
    if let inner = rules.names, let problem = attempt(inner, on: .string(name), at: .root).problem {
      note("has a name that \(problem.message)", at: place)
    }
    if let inner = rules.properties[name] {
      isKnown = true
      _ = apply(inner, to: value, at: place)
    }
    for (pattern, inner) in rules.patterns where fits(name, pattern) {
      isKnown = true
      _ = apply(inner, to: value, at: place)
    }
    guard !isKnown, let inner = rules.additional, !rules.hasUncheckedPattern else { return isKnown }
    if isNever(inner) {
      let known = rules.properties.keys.sorted { $0.bytesPrecede($1) }.prefix(Self.maxNames).joined(separator: ", ")
      note(known.isEmpty ? "is not known; nothing is" : "is not known; there is \(known)", at: place)
    } else {
      _ = apply(inner, to: value, at: place)
    }
    return true
  }

  /// Limit of known names in a message.
  private static let maxNames = 30
}
