namespace MLPlatform.Vlps.Models;

public enum ModelKind
{
    /// <summary>Bias and one weight for each feature.</summary>
    LogisticRegression = 1,

    /// <summary>Logistic regression, and for each pair of features the product of their factor vectors.</summary>
    FactorizationMachine = 2,
}
