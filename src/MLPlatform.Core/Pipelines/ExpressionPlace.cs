namespace MLPlatform.Core.Pipelines;

/// <summary>Where in a pipeline file an expression stands; what it may read depends on it.</summary>
public enum ExpressionPlace
{
    /// <summary>Within an activity's inputs.</summary>
    Inputs,

    /// <summary>An activity's condition.</summary>
    When,

    /// <summary>The list that an activity is carried out for.</summary>
    ForEach,

    /// <summary>The pipeline's outputs.</summary>
    Outputs,

    /// <summary>A parameter's default.</summary>
    Default,
}
