using Microsoft.Extensions.Options;
using Weir.Grains.Sites;

namespace Weir.Grains.Models;

/// <summary>Holds the site's settings of models against their ranges before it starts.</summary>
internal sealed class InferenceCheck : IValidateOptions<SiteOptions>
{
    public ValidateOptionsResult Validate(string? name, SiteOptions options) => options.Inference.Fault is { } fault
        ? ValidateOptionsResult.Fail($"Weir:Inference: {fault}")
        : ValidateOptionsResult.Success;
}
