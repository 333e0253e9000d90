namespace MLPlatform.Vlps.Networks;

/// <summary>One of two towers: a way from some fields to a vector that needs nothing of the other one.</summary>
/// <param name="Name">The perceptron's name.</param>
/// <param name="Fields">The fields it reads.</param>
/// <param name="Parts">Its parts, in the order of the way forward.</param>
/// <param name="Output">The vector.</param>
internal sealed record Tower(string Name, IReadOnlyList<int> Fields, IReadOnlyList<Part> Parts, Tensor Output);
