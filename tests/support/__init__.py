"""What several tests share: independent judges, random models, a console."""
